// Makes elements. Texts become text nodes: nothing that comes from elsewhere is ever read as HTML.

export const byId = (id) => document.getElementById(id);

// make('p', { class: 'hint', hidden: true }, 'text', anotherNode): attributes, then children.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children);
  return element;
}
