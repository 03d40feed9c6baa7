"""The control API: what a test or a demo does to the simulated Exchange behind the clients' backs."""
