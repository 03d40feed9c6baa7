"""Commands of ``exchange-sync``, by what they are about. Heavy imports wait until a command runs."""
