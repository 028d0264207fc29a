"""How the embedded networks are made: data, training, measurement. Nothing here is imported at run time."""
