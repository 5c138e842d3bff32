// Elements of a page.

export const byId = id => document.getElementById(id);

// A new one, with a text and a class if they are given.
export const element = (name, text, kind) => {
  const made = document.createElement(name);
  if (text !== undefined) {
    made.textContent = text;
  }
  if (kind) {
    made.className = kind;
  }
  return made;
};
