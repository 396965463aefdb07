"""What Slack refuses in a message, a modal or an App Home: a table of limits, a table of shapes, cross rules.

Promise: `message_faults` and `view_faults` return every reason for which Slack would answer `invalid_blocks`
or `invalid_arguments`, and an empty list for what it would take. Limits: only the blocks and elements that a
decision desk needs are known; anything else is refused as an unsupported type, so nothing is taken that the
pages could not draw. Pure.
"""

from collections.abc import Iterator
from typing import Any

from bot.demo.slack.shapes import (
    Check,
    Json,
    Limit,
    address,
    by_type,
    fault,
    flag,
    items,
    one_of,
    shape,
    string,
    text,
    whole,
)

_BLOCK = "reference/block-kit/blocks"
_ELEMENT = "reference/block-kit/block-elements"
_OBJECT = "reference/block-kit/composition-objects"

# Each figure stands on the named page of docs.slack.dev.
LIMITS = {
    "message.blocks": Limit(most=50, least=0, page=_BLOCK),
    "message.text": Limit(most=40_000, least=0, page="reference/methods/chat.postMessage"),
    "view.blocks": Limit(most=100, least=0, page="reference/views/modal-views"),
    "view.bytes": Limit(most=250_000, page="reference/methods/views.open"),
    "view.stack": Limit(most=3, page="surfaces/modals"),
    "view.title": Limit(most=24, page="reference/views/modal-views"),
    "view.button": Limit(most=24, page="reference/views/modal-views"),
    "view.private_metadata": Limit(most=3000, least=0, page="reference/views/modal-views"),
    "view.callback_id": Limit(most=255, least=0, page="reference/views/modal-views"),
    "block_id": Limit(most=255, page=_BLOCK),
    "action_id": Limit(most=255, page=_ELEMENT),
    "section.text": Limit(most=3000, page=f"{_BLOCK}/section-block"),
    "section.fields": Limit(most=10, page=f"{_BLOCK}/section-block"),
    "section.field": Limit(most=2000, page=f"{_BLOCK}/section-block"),
    "header.text": Limit(most=150, page=f"{_BLOCK}/header-block"),
    "context.elements": Limit(most=10, page=f"{_BLOCK}/context-block"),
    "context.text": Limit(most=3000, page=f"{_OBJECT}/text-object"),
    "actions.elements": Limit(most=25, page=f"{_BLOCK}/actions-block"),
    "input.label": Limit(most=2000, page=f"{_BLOCK}/input-block"),
    "input.hint": Limit(most=2000, page=f"{_BLOCK}/input-block"),
    "image.url": Limit(most=3000, page=f"{_BLOCK}/image-block"),
    "image.alt_text": Limit(most=2000, page=f"{_BLOCK}/image-block"),
    "button.text": Limit(most=75, page=f"{_ELEMENT}/button-element"),
    "button.url": Limit(most=3000, page=f"{_ELEMENT}/button-element"),
    "button.value": Limit(most=2000, page=f"{_ELEMENT}/button-element"),
    "button.accessibility_label": Limit(most=75, page=f"{_ELEMENT}/button-element"),
    "overflow.options": Limit(most=5, page=f"{_ELEMENT}/overflow-menu-element"),
    "select.options": Limit(most=100, page=f"{_ELEMENT}/select-menu-element"),
    "select.option_groups": Limit(most=100, page=f"{_ELEMENT}/select-menu-element"),
    "choice.options": Limit(most=10, page=f"{_ELEMENT}/checkboxes-element"),
    "placeholder": Limit(most=150, page=f"{_ELEMENT}/plain-text-input-element"),
    "plain_text_input": Limit(most=3000, least=0, page=f"{_ELEMENT}/plain-text-input-element"),
    "option.text": Limit(most=75, page=f"{_OBJECT}/option-object"),
    "option.value": Limit(most=150, page=f"{_OBJECT}/option-object"),
    "option.url": Limit(most=3000, page=f"{_OBJECT}/option-object"),
    "option_group.label": Limit(most=75, page=f"{_OBJECT}/option-group-object"),
    "confirm.title": Limit(most=100, page=f"{_OBJECT}/confirmation-dialog-object"),
    "confirm.text": Limit(most=300, page=f"{_OBJECT}/confirmation-dialog-object"),
    "confirm.button": Limit(most=30, page=f"{_OBJECT}/confirmation-dialog-object"),
    "date": Limit(most=10, least=10, page=f"{_ELEMENT}/date-picker-element"),
    "time": Limit(most=5, least=5, page=f"{_ELEMENT}/time-picker-element"),
    "user": Limit(most=30, page=f"{_ELEMENT}/multi-select-menu-element"),
}


Parts = dict[str, Check]


def _plain(name: str) -> Check:
    return text(LIMITS[name], "plain_text")


def _either(name: str) -> Check:
    return text(LIMITS[name], "plain_text", "mrkdwn")


def _string(name: str) -> Check:
    return string(LIMITS[name])


def _option(words: Check, *, url: bool = False) -> Check:
    extra: Parts = {"url": address(LIMITS["option.url"])} if url else {}
    required = {"text": words, "value": _string("option.value")}
    return shape(required=required, optional={"description": words, **extra})


_CONFIRM = shape(
    required={"title": _plain("confirm.title"), "text": _either("confirm.text")}
    | dict.fromkeys(("confirm", "deny"), _plain("confirm.button")),
    optional={"style": one_of("primary", "danger")},
)
_CHOICE = _option(_plain("option.text"))
_RICH_CHOICE = _option(_either("option.text"))
_CHOICES = items(LIMITS["select.options"], _CHOICE)
_GROUP = shape(required={"label": _plain("option_group.label"), "options": _CHOICES})
_USERS = items(Limit(most=100, page=_ELEMENT), _string("user"))


def _element(kind: str, required: Parts, optional: Parts, *, asks: bool = True) -> Check:
    """An interactive element: every one may carry an action_id and, but for text inputs, a confirm dialog."""
    shared: Parts = {"action_id": _string("action_id"), "focus_on_load": flag}
    if asks:
        shared["confirm"] = _CONFIRM
    return shape(required={"type": one_of(kind), **required}, optional={**shared, **optional})


def _menu(kind: str, **initial: Check) -> Check:
    """A menu of options or option groups (which of the two is a cross rule below)."""
    groups = items(LIMITS["select.option_groups"], _GROUP)
    many: Parts = {"max_selected_items": whole(1, 100)} if kind.startswith("multi_") else {}
    lists: Parts = {"options": _CHOICES, "option_groups": groups}
    extra = {} if kind.endswith("users_select") else lists
    return _element(kind, {}, {"placeholder": _plain("placeholder"), **extra, **many, **initial})


def _typed(kind: str, **extra: Check) -> Check:
    optional = {"initial_value": _string("plain_text_input"), "placeholder": _plain("placeholder"), **extra}
    return _element(kind, {}, optional, asks=False)


_TRIGGERS = items(Limit(most=2, page=_OBJECT), one_of("on_enter_pressed", "on_character_entered"))
_DISPATCH = shape(required={"trigger_actions_on": _TRIGGERS})
_IMAGE = {"image_url": address(LIMITS["image.url"]), "alt_text": _string("image.alt_text")}
_PICTURE = shape(required={"type": one_of("image"), **_IMAGE})

ELEMENTS: Parts = {
    "button": shape(
        required={"type": one_of("button"), "text": _plain("button.text")},
        optional={
            "action_id": _string("action_id"),
            "url": address(LIMITS["button.url"]),
            "value": _string("button.value"),
            "style": one_of("primary", "danger"),
            "confirm": _CONFIRM,
            "accessibility_label": _string("button.accessibility_label"),
        },
    ),
    "overflow": shape(
        required={
            "type": one_of("overflow"),
            "options": items(LIMITS["overflow.options"], _option(_plain("option.text"), url=True)),
        },
        optional={"action_id": _string("action_id"), "confirm": _CONFIRM},
    ),
    "static_select": _menu("static_select", initial_option=_CHOICE),
    "multi_static_select": _menu("multi_static_select", initial_options=_CHOICES),
    "users_select": _menu("users_select", initial_user=_string("user")),
    "multi_users_select": _menu("multi_users_select", initial_users=_USERS),
    "radio_buttons": _element(
        "radio_buttons",
        {"options": items(LIMITS["choice.options"], _RICH_CHOICE)},
        {"initial_option": _RICH_CHOICE},
    ),
    "checkboxes": _element(
        "checkboxes",
        {"options": items(LIMITS["choice.options"], _RICH_CHOICE)},
        {"initial_options": items(LIMITS["choice.options"], _RICH_CHOICE)},
    ),
    "datepicker": _element("datepicker", {}, {"initial_date": _string("date"), "placeholder": _plain("placeholder")}),
    "timepicker": _element("timepicker", {}, {"initial_time": _string("time"), "placeholder": _plain("placeholder")}),
    "plain_text_input": _typed(
        "plain_text_input",
        multiline=flag,
        min_length=whole(0, 3000),
        max_length=whole(1, 3000),
        dispatch_action_config=_DISPATCH,
    ),
    "email_text_input": _typed("email_text_input", dispatch_action_config=_DISPATCH),
}

_MENUS = ("static_select", "multi_static_select", "users_select", "multi_users_select")
_PICKS = ("radio_buttons", "checkboxes", "datepicker", "timepicker")
# Which element may stand where: the "Works with block types" line of each element's page.
_ACCESSORY = ("button", "overflow", *_MENUS, *_PICKS)
_ACTIONS = ("button", "overflow", "static_select", "users_select", *_PICKS)
_INPUT = ("plain_text_input", "email_text_input", *_MENUS, *_PICKS)


def _among(names: tuple[str, ...], **more: Check) -> Check:
    return by_type({name: ELEMENTS[name] for name in names} | more)


def _block(kind: str, required: Parts, optional: Parts | None = None) -> Check:
    rest = {"block_id": _string("block_id"), **(optional or {})}
    return shape(required={"type": one_of(kind), **required}, optional=rest)


def _small(value: Any, at: str) -> Iterator[str]:
    """What a context block holds: pictures and texts."""
    picture = isinstance(value, dict) and value.get("type") == "image"
    yield from (_PICTURE if picture else _either("context.text"))(value, at)


BLOCKS: Parts = {
    "header": _block("header", {"text": _plain("header.text")}),
    "section": _block(
        "section",
        {},
        {
            "text": _either("section.text"),
            "fields": items(LIMITS["section.fields"], _either("section.field")),
            "accessory": _among(_ACCESSORY, image=_PICTURE),
            "expand": flag,
        },
    ),
    "divider": _block("divider", {}),
    "context": _block("context", {"elements": items(LIMITS["context.elements"], _small)}),
    "actions": _block("actions", {"elements": items(LIMITS["actions.elements"], _among(_ACTIONS))}),
    "input": _block(
        "input",
        {"label": _plain("input.label"), "element": _among(_INPUT)},
        {"hint": _plain("input.hint"), "optional": flag, "dispatch_action": flag},
    ),
    "image": _block("image", _IMAGE, {"title": _plain("image.alt_text")}),
}

_SHARED_VIEW: Parts = {
    "private_metadata": _string("view.private_metadata"),
    "callback_id": _string("view.callback_id"),
    "external_id": _string("view.callback_id"),
    "clear_on_close": flag,
    "notify_on_close": flag,
}
_VIEW_BLOCKS = items(LIMITS["view.blocks"], by_type(BLOCKS))
VIEWS: Parts = {
    "home": shape(required={"type": one_of("home"), "blocks": _VIEW_BLOCKS}, optional=_SHARED_VIEW),
    "modal": shape(
        required={"type": one_of("modal"), "title": _plain("view.title"), "blocks": _VIEW_BLOCKS},
        optional=_SHARED_VIEW
        | {"submit": _plain("view.button"), "close": _plain("view.button"), "submit_disabled": flag},
    ),
}


def message_faults(blocks: Any) -> list[str]:
    """Return why Slack would refuse these blocks in a message; empty when it takes them."""
    faults = list(items(LIMITS["message.blocks"], by_type(BLOCKS))(blocks, "/blocks"))
    return faults or list(_cross(blocks, "/blocks"))


def view_faults(view: Any, kind: str) -> list[str]:
    """Return why Slack would refuse this view as a `modal` or a `home`; empty when it takes it."""
    faults = list(by_type({kind: VIEWS[kind]})(view, "/view"))
    return faults or [*_cross(view["blocks"], "/view/blocks"), *_view_cross(view)]


def _view_cross(view: Json) -> Iterator[str]:
    """Rules over a whole view: input needs submit, the keyboard focus goes to one place."""
    asks = any(block["type"] == "input" for block in view["blocks"])
    if view["type"] == "modal" and asks and "submit" not in view:
        yield fault("missing required field: submit (a view with input blocks needs it)", "/view")
    if sum(bool(element.get("focus_on_load")) for _, element in elements(view["blocks"])) > 1:
        yield fault("only one element can have focus_on_load", "/view/blocks")


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield every interactive element of valid blocks, each with the block it stands in."""
    for block in blocks:
        if block["type"] == "actions":
            yield from ((block, element) for element in block["elements"])
        elif block["type"] == "input":
            yield block, block["element"]
        elif block["type"] == "section" and block.get("accessory", {}).get("type", "image") != "image":
            yield block, block["accessory"]


def options(element: Json) -> list[Json]:
    """Return an element's options, those of its groups included, in the order shown."""
    grouped = [option for group in element.get("option_groups", ()) for option in group["options"]]
    return [*element.get("options", ()), *grouped]


def _cross(blocks: list[Json], at: str) -> Iterator[str]:
    """Rules over valid blocks: ids once each, a section says something, an initial choice is an option."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        here = f"{at}/{index}"
        if "block_id" in block and block["block_id"] in seen:
            yield fault(f"block_id already exists: {block['block_id']}", f"{here}/block_id")
        seen.add(block.get("block_id", ""))
        if block["type"] == "section" and not {"text", "fields"} & block.keys():
            yield fault("must define either `text` or `fields`", here)
        yield from _block_cross([element for _, element in elements([block])], here)


def _block_cross(found: list[Json], at: str) -> Iterator[str]:
    # Unique "among all other action_ids in the containing block" (every element's page): across blocks an
    # action_id may repeat, which is how one handler serves a list of rows.
    names = [element["action_id"] for element in found if "action_id" in element]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield fault(f"action_id already exists: {name}", at)
    for element in found:
        yield from _choice_cross(element, at)


def _choice_cross(element: Json, at: str) -> Iterator[str]:
    if element["type"].endswith("static_select") and ("options" in element) == ("option_groups" in element):
        yield fault("must define either `options` or `option_groups`", at)
    initial = [*element.get("initial_options", ()), *filter(None, [element.get("initial_option")])]
    if any(choice not in options(element) for choice in initial):
        yield fault("initial options must match one of the options", at)
    if element.get("min_length", 0) > element.get("max_length", LIMITS["plain_text_input"].most):
        yield fault("min_length must not exceed max_length", at)
