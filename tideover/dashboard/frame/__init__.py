"""What stands around every page: the frame it is drawn in, the last sentence said, the palette."""
