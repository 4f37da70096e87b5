"""The rules that a moderator writes: what they are, what they say of a post, and how they travel as files."""

from app.domain.rules.check import check_rule
from app.domain.rules.defaults import default_rules
from app.domain.rules.files import from_file, to_file
from app.domain.rules.rule import Action, Hit, Kind, Rule, Subject
from app.domain.rules.rulebook import RuleBook

__all__ = [
    "Action",
    "Hit",
    "Kind",
    "Rule",
    "RuleBook",
    "Subject",
    "check_rule",
    "default_rules",
    "from_file",
    "to_file",
]
