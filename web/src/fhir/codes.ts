/** Systems and codes that more than one part of the web names. */

export const LOINC = 'http://loinc.org';
export const SNOMED = 'http://snomed.info/sct';
export const UCUM = 'http://unitsofmeasure.org';
/** The total of a NEWS2, in SNOMED CT. */
export const NEWS2_TOTAL = '1104051000000101';
