"""What is done for a case, a module per kind of step, and the table of all kinds."""
