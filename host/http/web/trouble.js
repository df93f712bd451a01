// What to say about a call that was refused or never arrived.
import { t } from './language.js';

export function troubleText(error) {
  if (error.status === undefined) {
    return t.trouble.network;
  }
  return t.trouble[error.code]
    ?? `${t.trouble.other} (${error.code ?? error.status}: ${error.message})`;
}
