"""Items of files: what a line says, and the record by which the collect stage gets it."""
