"""The mail that the simulator serves: a small insurance broker's ninety days, and the mail that keeps arriving.

`firm.generate` makes the mail (pure), `firm.fill` puts it into a store, `trickle.run` keeps delivering.
What the seeds contain is counted in docs/reference/demo-mail.md.
"""
