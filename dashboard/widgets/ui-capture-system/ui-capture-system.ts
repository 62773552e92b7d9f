import { defineNode } from '../../../nodes/kit/define-node.ts';
import { openWidget, widgetConfig } from '../shared/widget-node.ts';

const type = 'ui-capture-system';

export default function register(red: unknown): void {
  defineNode(red, { type, version: 1, config: widgetConfig, open: (site) => openWidget(type, site) });
}
