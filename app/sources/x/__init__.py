"""X: searched, re-checked and, as an option, streamed, within a budget."""
