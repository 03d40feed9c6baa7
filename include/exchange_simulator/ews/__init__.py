"""The EWS face of the simulator: SOAP over HTTPS, answered from the mailbox store."""
