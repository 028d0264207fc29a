"""How the embedded networks were trained: scripts to run by hand, which nothing imports at run time."""
