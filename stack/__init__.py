"""The room for set-up and the local stack: what `make demo`, `make test` and the live-stack tests start and stop.

Run its parts from the repository's root: ``python -m stack.<part>``. It knows the product only by its command line
and its environment variables (docs/decisions/0002-a-room-for-the-stack.md).
"""
