// Comes to an end when an element matches the selector. A selector that is none is an error before anything is watched.
(selector) =>
  new Promise((end) => {
    if (document.querySelector(selector) !== null) return end();
    const observer = new MutationObserver(() => {
      if (document.querySelector(selector) === null) return;
      observer.disconnect();
      end();
    });
    observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
  })
