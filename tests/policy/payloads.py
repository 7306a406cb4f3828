"""Attacks on text that is shown as HTML: as raw markup, in links, and in what a browser or a cleaner might repair."""

SCHEMES = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java&#x0A;script:alert(1)",
    "&#106;avascript:alert(1)", "&#x6a;avascript&colon;alert(1)", "javascript&#58;alert(1)",
    "\x01javascript:alert(1)", " javascript:alert(1)", "javascript://x.dk/%0aalert(1)", "vbscript:msgbox(1)",
    "livescript:x", "file:///etc/passwd", "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "data:image/svg+xml,<svg/onload=alert(1)>",
    "feed:javascript:alert(1)", "view-source:x", "blob:x", "about:blank", "//ond.dk/x", "\\\\ond.dk/x", "/\\ond.dk",
    "/\t/ond.dk", "///ond.dk", "&#47;/ond.dk", "ftp://x.dk", "tel:1", "x.html", "?a=1", "#andet",
    "#punkt-1\" onclick=alert(1)", "https:javascript:alert(1)", "http:\\\\ond.dk", "mailto:", "https://", "jar:x",
    "ms-word:ofe|u|x", "intent://x", "javascript&NewLine;:alert(1)", "java%0ascript:alert(1)", "/\r/ond.dk",
)  # fmt: skip
MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script>", "<iframe src=javascript:alert(1)></iframe>",
    "<a href=javascript:alert(1)>x</a>", "<style>*{display:none}</style>", "<body onload=alert(1)>",
    "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">", "<!--<img src=x onerror=x>-->",
    "<form action=//ond.dk><input name=x>", "<base href=//ond.dk>",
    "<meta http-equiv=refresh content=0;url=//ond.dk>", "<object data=x></object>", "<embed src=x>",
    "<link rel=stylesheet href=//ond.dk/x.css>", "<b onclick=alert(1)>x</b>", "<details open ontoggle=alert(1)>",
    "<template><script>alert(1)</script></template>", "<![CDATA[<script>x</script>]]>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<textarea></textarea><script>x</script>",
    "<title></title><script>x</script>", "<p style=\"background:url(//ond.dk)\">",
    "</p></li></div><script>x</script>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;", "\"><script>alert(1)</script>", "' autofocus onfocus=alert(1) x='",
    "<scr<script>ipt>alert(1)</scr</script>ipt>", "\x00<scr\x00ipt>x</script>", "<img/src=`x`onerror=alert(1)>",
    "`<script>alert(1)</script>`", "``</code><script>x</script>``", "<?php x ?>", "<!x>", "**<script>x</script>**",
    "![<script>x</script>](x\" onerror=\"alert(1))", "![x](javascript:alert(1))", "![a](data:x)",
    "[x](https://x.dk \"<script>alert(1)</script>\")", "[x](https://x.dk/\"onmouseover=\"alert(1))", "[<b>x</b>](/a)",
    "[x](<https://x.dk/><img src=x onerror=alert(1)>)", "<https://x.dk/\"onclick=\"alert(1)>",
    "<x@x.dk\"onclick=\"x\">", "[a]: javascript:alert(1)\n\n[a]", "<audio src=x onerror=alert(1)>",
    "<video><source onerror=alert(1)>", "<marquee onstart=alert(1)>", "<input onfocus=alert(1) autofocus>",
    "<select onfocus=alert(1)></select>", "<x contenteditable onblur=alert(1)>x",
    "<svg><animate onbegin=alert(1) attributeName=x>", "{{ 7|add:7 }}{% load x %}",
)  # fmt: skip
PAYLOADS = (
    *MARKUP,
    *(f"[klik]({scheme})" for scheme in SCHEMES),
    *(f"[klik](<{scheme}>)" for scheme in SCHEMES),
    *(f"<{scheme}>" for scheme in SCHEMES),
)
