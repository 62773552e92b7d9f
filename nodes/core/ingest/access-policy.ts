import type { AccessRoles } from './ingests.ts';
import { xmlText } from './xml-text.ts';

const type = 'DataType="http://www.w3.org/2001/XMLSchema#string"';
const xacml1 = 'urn:oasis:names:tc:xacml:1.0';

/** Who may do what with an episode: the XACML 2.0 policy as Opencast's own `XACMLUtils` writes and reads it. */
export function accessPolicy(mediaPackageId: string, access: AccessRoles): string {
  const rules = [
    ...access.read.map((role) => rule(role, 'read')),
    ...access.write.map((role) => rule(role, 'write')),
    '<Rule RuleId="DenyRule" Effect="Deny"/>',
  ];
  const id = xmlText(mediaPackageId).replaceAll('"', '&quot;');
  return [
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
    `<Policy PolicyId="${id}" RuleCombiningAlgId="${xacml1}:rule-combining-algorithm:permit-overrides" Version="2.0"` +
      ' xmlns="urn:oasis:names:tc:xacml:2.0:policy:schema:os">',
    `<Target><Resources><Resource><ResourceMatch MatchId="${xacml1}:function:string-equal">` +
      `<AttributeValue ${type}>${xmlText(mediaPackageId)}</AttributeValue>` +
      `<ResourceAttributeDesignator AttributeId="${xacml1}:resource:resource-id" ${type}/>` +
      '</ResourceMatch></Resource></Resources></Target>',
    ...rules,
    '</Policy>',
    '',
  ].join('\n');
}

function rule(role: string, action: 'read' | 'write'): string {
  const name = xmlText(role).replaceAll('"', '&quot;');
  return (
    `<Rule RuleId="${name}_${action}_Permit" Effect="Permit">` +
    `<Target><Actions><Action><ActionMatch MatchId="${xacml1}:function:string-equal">` +
    `<AttributeValue ${type}>${action}</AttributeValue>` +
    `<ActionAttributeDesignator AttributeId="${xacml1}:action:action-id" ${type}/>` +
    '</ActionMatch></Action></Actions></Target>' +
    `<Condition><Apply FunctionId="${xacml1}:function:string-is-in"><AttributeValue ${type}>${xmlText(role)}</AttributeValue>` +
    `<SubjectAttributeDesignator AttributeId="urn:oasis:names:tc:xacml:2.0:subject:role" ${type}/></Apply></Condition>` +
    '</Rule>'
  );
}
