"""The operations this server answers; every other one is refused and recorded.

An operation takes the session and its request element and gives one answer for each thing asked for, in order: the
children of its response message, or the EwsError that goes into its place.
"""
