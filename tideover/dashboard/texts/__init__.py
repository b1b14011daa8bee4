"""What messages say, in the merchant's words: the list, the editor with its preview, and the versions."""
