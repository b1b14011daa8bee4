"""The fault-injection harness: the real processes between lying networks, and an oracle that reads both sides' books."""
