"""Whether a pattern of ``re`` takes time in proportion to the text, proved from the pattern itself.

A backtracking engine takes more than linear time where the text has more and more ways through the pattern. So the
pattern becomes an automaton (``automaton``), whose ambiguity is looked for (``ambiguity``): a state that one word leads
back to itself in two ways (exponential), or two states with a word that loops at both and leads from one to the other
(polynomial). A search is an automaton that may begin anywhere, which is what makes ``<[^>]*>`` quadratic.

After A. Weber, H. Seidl, "On the degree of ambiguity of finite automata" (1991), and N. Weideman et al., "Analyzing
matching time behavior of backtracking regular expression matchers by using ambiguity of NFA" (2016).
"""

from tests.support.linear.ambiguity import more_than_linear

__all__ = ["more_than_linear"]
