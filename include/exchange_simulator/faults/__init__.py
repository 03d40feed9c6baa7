"""Scripted faults: what goes wrong between a client and a real Exchange, on demand and repeatable.

plan     which fault meets which call, and how often
kinds    every fault there is, with its parameters
answers  faults in the answer's content
wire     faults of HTTP and of the connection
"""
