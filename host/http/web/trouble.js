// What to say about a call that was refused or never arrived.
import { t } from './language.js';

// It may go well a little later.
export const isPassing = ({ status }) => status === undefined || status === 429 || status === 503;

export function troubleText(error) {
  if (error.status === undefined) {
    return t.trouble.network;
  }
  return t.trouble[error.code]
    ?? `${t.trouble.other} (${error.code ?? error.status}: ${error.message})`;
}
