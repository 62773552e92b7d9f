import { registerPage } from '../shared/page-node.ts';

export default function register(red: unknown): void {
  registerPage(red, 'ui-capture-archive');
}
