"""The laboratory tests that this version can order, by LOINC code (facts: LOINC, HL7 examples).

Codes other than HbA1c, CMP and CBC are to be confirmed against the practice's own LOINC release.
"""

from wire.visits import Coding

# Constants: not validated here, at every start, but by a test.
LOINC = "http://loinc.org"

LAB_TESTS: tuple[Coding, ...] = (
    Coding.model_construct(system=LOINC, code="30934-4", display="B-type natriuretic peptide"),
    Coding.model_construct(system=LOINC, code="58410-2", display="CBC panel, automated"),
    Coding.model_construct(system=LOINC, code="24323-8", display="Comprehensive metabolic panel"),
    Coding.model_construct(system=LOINC, code="2160-0", display="Creatinine"),
    Coding.model_construct(system=LOINC, code="4548-4", display="Hemoglobin A1c"),
    Coding.model_construct(system=LOINC, code="24331-1", display="Lipid panel"),
    Coding.model_construct(system=LOINC, code="33762-6", display="NT-proBNP"),
    Coding.model_construct(system=LOINC, code="2823-3", display="Potassium"),
)
LAB_TEST_BY_CODE: dict[str, Coding] = {test.code: test for test in LAB_TESTS}
