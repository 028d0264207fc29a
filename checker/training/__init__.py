"""How the embedded networks and classifiers are made: data, training, measurement. Nothing here is imported at run time."""
