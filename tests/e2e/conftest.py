"""Browser tests share one portal; each makes its own reports. Every page a test opens is watched: nothing is asked of
another site, nothing breaks the content security policy, no script fails, no dialog opens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e.steps import sign_in, visitor
from tests.services import Portal

Visit = Callable[..., Any]
EXPECTED = (
    "Failed to load resource",  # refused forms (422) and lost connections, which the tests bring about
    "htmx:sendAbort",  # a preview that is asked for again before it has come
    "htmx:afterRequest",  # the same, said once more
)


@pytest.fixture(scope="session")
def cookies() -> dict[str, Any]:
    """The sign-ins of this run, by user name, so that each is made once."""
    return {}


@pytest.fixture
def visit(browser: Any, portal: Portal, cookies: dict[str, Any]) -> Iterator[Visit]:
    """`visit("leder")` is a phone-sized page where the leader is signed in; `visit()` a stranger's."""
    trouble: list[str] = []
    with ExitStack() as stack:

        def watch(page: Any) -> None:
            page.on("request", lambda request: _own_site(request.url) or trouble.append(f"asked {request.url}"))
            page.on("console", lambda said: _is_trouble(said) and trouble.append(f"{said.text} on {page.url}"))
            page.on("pageerror", lambda error: trouble.append(f"{error} on {page.url}"))
            page.on("dialog", lambda dialog: (trouble.append(f"dialog {dialog.message!r}"), dialog.dismiss()))

        def _own_site(url: str) -> bool:
            return url.startswith((f"{portal.url}/", "data:", "blob:"))

        def open_page(username: str = "", **choices: Any) -> Any:
            if username and username not in cookies:
                with visitor(browser) as first:
                    sign_in(first, portal, username)
                    cookies[username] = first.context.storage_state()
            state = {"storage_state": cookies[username]} if username else {}
            page = stack.enter_context(visitor(browser, **state, **choices))
            page.context.on("page", watch)
            watch(page)
            return page

        yield open_page
    assert not trouble, "\n".join(trouble)


def _is_trouble(said: Any) -> bool:
    return said.type in ("error", "warning") and not said.text.startswith(EXPECTED)
