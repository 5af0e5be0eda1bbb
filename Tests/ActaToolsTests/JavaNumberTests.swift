import ActaTools
import Testing

@Suite("Numbers as Java writes them") struct JavaNumberTests {
  @Test(
    "a double is plain in the middle and has an exponent beyond",
    arguments: [
      (0, "0.0"), (1024, "1024.0"), (1_048_576, "1048576.0"), (50.5, "50.5"),
      (9_999_999, "9999999.0"), (10_000_000, "1.0E7"), (12_345_678, "1.2345678E7"),
      (1e20, "1.0E20"), (0.001, "0.001"), (0.00012, "1.2E-4"), (-1e7, "-1.0E7"),
    ] as [(Double, String)])
  func doubles(value: Double, text: String) {
    #expect(JavaNumber.text(value) == text)
  }
}
