"""The rules a wall has before anybody writes one: quiet for honest people."""

from app.domain.rules.rule import Rule


def default_rules() -> tuple[Rule, ...]:
    """The rules of a new wall; moderators change them and switch them off."""
    return (
        Rule(id="copies", kind="copies", most=3, note="The same text from many accounts"),
        Rule(id="pace", kind="pace", most=6, note="One account that floods the wall"),
        Rule(id="hashtags", kind="hashtags", most=8, note="Riding on many hashtags"),
        Rule(id="age", kind="age", most=2, note="Accounts made for the occasion"),
    )
