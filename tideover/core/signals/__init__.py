"""What a message's picture and links are asked for by, people or machines: decided from the raw signal."""
