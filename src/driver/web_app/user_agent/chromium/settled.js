// Comes to an end when an element matches the selector.
(selector) =>
  new Promise((end) => {
    const look = () => {
      if (document.querySelector(selector) === null) return;
      observer.disconnect();
      end();
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
    look();
  })
