"""The rules: edited from a preset, drawn as they would come true, kept as versions."""
