"""The fault-injection harness: real processes between lying networks, and an oracle that reads both sides' books."""
