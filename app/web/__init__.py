"""HTTP and WebSockets: turns requests into actions and readings, and errors into answers."""
