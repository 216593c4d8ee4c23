"""Answers to the exercise of chapter 15: wrong ones with words of their help, and right ones."""

ASK = 'asked = state.get("rounds", 0) + (event.type == "Ask for documents")\n'
STILL = 'still = state.get("open", True) and event.type not in ("Decide", "Withdraw")\n'
BOTH = 'return {"rounds": asked, "open": still}\n'


def rounds(body, before=""):
    """An answer to 15.1 as the body of its function."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    start = f"from esdemo.checks import check\n\n{before}\n\ndef rounds(state, event):\n"
    return start + lines + '\n\ncheck("15.1", rounds)\n'


ONLY_SOME = """
if event.type == "Ask for documents":
    return {**state, "rounds": state.get("rounds", 0) + 1}
"""
LOSES = """
if event.type == "Ask for documents":
    return {"rounds": state.get("rounds", 0) + 1}
return {"rounds": state.get("rounds", 0), "open": event.type not in ("Decide", "Withdraw")}
"""
REOPENS = """
asked = state.get("rounds", 0) + (event.type == "Ask for documents")
return {"rounds": asked, "open": event.type not in ("Decide", "Withdraw")}
"""
GLOBAL = """
global count
count += event.type == "Ask for documents"
still = state.get("open", True) and event.type not in ("Decide", "Withdraw")
return {"rounds": count, "open": still}
"""
MATCHED = """
state = {"rounds": 0, "open": True} | state
match event.type:
    case "Ask for documents":
        return state | {"rounds": state["rounds"] + 1}
    case "Decide" | "Withdraw":
        return state | {"open": False}
    case _:
        return state
"""
IN_PLACE = """
state.setdefault("rounds", 0)
state.setdefault("open", True)
if event.type == "Ask for documents":
    state["rounds"] += 1
if event.type in {"Decide", "Withdraw"}:
    state["open"] = False
return state
"""

WRONG = {
    "15.1": [
        (rounds(ONLY_SOME), "it returned None for 'Apply': return the state, also when it stays"),
        (rounds(LOSES), "has no 'open' (it was there before)"),
        (rounds(REOPENS), "`open` is False, not True"),
        (rounds(GLOBAL, "count = 0\n"), "asked twice about 'Ask for documents'"),
        (rounds('state["rounds"] += event.type == "Ask for documents"\nreturn state'), "KeyError"),
        (rounds('return {"rounds": 0, "open": True}'), "'Decide' closes an application"),
        (
            rounds(ASK + 'return {"rounds": asked, "open": event.type != "Decide"}'),
            "'Withdraw' closes",
        ),
        (rounds(ASK.replace("Ask for", "Receive") + STILL + BOTH), "asked for 1 times, not 0"),
        (rounds(ASK + 'return {"rounds": asked}'), "has no 'open': it is"),
        (rounds("return 0"), "the state is a dict with `rounds` and `open`, not 0"),
        (
            'from esdemo.checks import check\n\ncheck("15.1", {"rounds": 2})\n',
            "the function itself",
        ),
        (rounds(ASK.replace("event.type", "event['type']") + STILL + BOTH), "not subscriptable"),
    ]
}

RIGHT = {"15.1": [rounds(MATCHED), rounds(IN_PLACE)]}
