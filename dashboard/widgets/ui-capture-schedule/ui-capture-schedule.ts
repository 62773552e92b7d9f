import { registerPage } from '../shared/page-node.ts';
import { fields } from './fields.ts';

export default function register(red: unknown): void {
  registerPage(red, 'ui-capture-schedule', fields);
}
