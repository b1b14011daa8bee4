"""The words of each notice, read as it leaves."""
