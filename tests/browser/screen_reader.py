"""What a screen reader reads, in its order: from Chromium's accessibility tree (CDP)."""

import re

SILENT = {
    *(
        "none",
        "generic",
        "InlineTextBox",
        "LineBreak",
        "ListMarker",
        "paragraph",
        "list",
        "listitem",
        "group",
    ),
    *("LabelText", "time", "form", "article", "sectionheader", "main"),
}
# What is read by its name alone; what stands inside is not read again.
WHOLE = {
    *("link", "button", "textbox", "searchbox", "checkbox", "option", "menuitem", "img", "tab"),
    "DisclosureTriangle",
}
LANDMARKS = {"navigation", "complementary", "region", "search", "dialog"}
# Moments of this run.
MOMENTS = {
    r"\d{4}年": "",
    r"\d{1,2}月\d{1,2}日": "○月○日",
    r"（[月火水木金土日]）": "",
    r"\d{1,2}:\d\d": "0:00",
}


def tree_of(page, selector: str = "body") -> tuple[dict[str, dict], str]:
    """(nodes by id, id of the node of `selector`) of the page as it is now."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    found = session.send("Runtime.evaluate", {"expression": f"document.querySelector({selector!r})"})
    wanted = session.send("DOM.describeNode", {"objectId": found["result"]["objectId"]})["node"]
    session.detach()
    by_dom = {node["backendDOMNodeId"]: node["nodeId"] for node in nodes if "backendDOMNodeId" in node}
    return {node["nodeId"]: node for node in nodes}, by_dom[wanted["backendNodeId"]]


def reading(page, selector: str = "body") -> list[str]:
    """Lines such as "heading 2 スレッド", "link ホーム", "text 未読" in the order in which they are read."""
    nodes, start = tree_of(page, selector)
    lines: list[str] = []
    _read(nodes, nodes[start], lines)
    return lines


def _read(nodes: dict, node: dict, lines: list[str]) -> None:
    role = node.get("role", {}).get("value", "none")
    if not node.get("ignored") and role not in SILENT:
        line = _line(node, role)
        if line:
            lines.append(line)
        if role in WHOLE or role == "heading":
            return
    for child in node.get("childIds", []):
        if child in nodes:
            _read(nodes, nodes[child], lines)


def _line(node: dict, role: str) -> str:
    name = " ".join(node.get("name", {}).get("value", "").split())
    for moment, word in MOMENTS.items():
        name = re.sub(moment, word, name)
    if role == "StaticText":
        return f"text {name}" if name else ""
    stated = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
    level = f" {stated['level']}" if role == "heading" else ""
    pressed = "（押した状態）" if stated.get("pressed") == "true" else ""
    return f"{role}{level} {name}{pressed}".rstrip()


def headings(page, selector: str = "body") -> list[tuple[int, str]]:
    """(level, name) of every heading, in order."""
    found = [line.split(" ", 2) for line in reading(page, selector) if line.startswith("heading ")]
    return [(int(parts[1]), parts[2] if len(parts) > 2 else "") for parts in found]


def landmarks(page) -> list[str]:
    """Every landmark with its name, in order."""
    return [line for line in reading(page) if line.split(" ")[0] in LANDMARKS]
