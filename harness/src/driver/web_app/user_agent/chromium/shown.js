// What the page shows, and whether it has nothing that could change that.
(largest) => {
  const isMarkup = ["text/html", "application/xhtml+xml"].includes(document.contentType);
  const body = (isMarkup ? document.documentElement?.outerHTML : document.body?.innerText) ?? "";
  const acts = document.scripts.length > 0 || document.querySelector("[onload], iframe, meta[http-equiv=refresh i]");
  return { url: location.href, body: body.slice(0, largest), isWhole: body.length <= largest, isInert: !acts };
}
