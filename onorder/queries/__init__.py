"""What people look at: frozen rows, a known number of statements, one function for each screen or report."""
