"""The packages, installed and run as people do: in a distribution's clean root, and in an empty virtual environment."""
