import java.io.FileInputStream;
import java.util.Set;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** `Check 3u FILE …`: whether veraPDF finds each file compliant, and by which rules it does not. */
public class Check {
  public static void main(String[] arguments) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.fromString(arguments[0]);
    boolean all = true;
    for (int i = 1; i < arguments.length; i++) {
      try (FileInputStream file = new FileInputStream(arguments[i]);
          PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour)) {
        ValidationResult result =
            Foundries.defaultInstance().createValidator(flavour, false).validate(parser);
        all &= result.isCompliant();
        System.out.println((result.isCompliant() ? "compliant " : "NOT compliant ") + arguments[i]);
        Set<String> failed = new TreeSet<>();
        for (TestAssertion one : result.getTestAssertions()) {
          if (one.getStatus() == TestAssertion.Status.FAILED) {
            failed.add("  " + one.getRuleId().getClause() + " " + one.getMessage());
          }
        }
        failed.forEach(System.out::println);
      }
    }
    System.exit(all ? 0 : 1);
  }
}
