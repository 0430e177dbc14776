package org.fleetcast.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What came out, a row for each figure, in Markdown. */
final class Table {
  private final List<String[]> rows = new ArrayList<>();

  Table() {
    rows.add(new String[] {"work", "figure", "Fleetcast", "nchan", "ratio", "bar"});
  }

  /** A row for a figure of ours alone. */
  void add(String work, String figure, String ours, String bar) {
    rows.add(new String[] {work, figure, ours, "", "", bar});
  }

  /**
   * A row for a figure of which there is one of each round, with the peer's of the same rounds (or
   * none), and the ratio of ours to theirs round by round, where theirs is not 0.
   */
  void add(String work, String figure, List<Double> ours, List<Double> theirs, String bar) {
    List<Double> ratios =
        IntStream.range(0, theirs.size())
            .filter(i -> theirs.get(i) != 0)
            .mapToObj(i -> ours.get(i) / theirs.get(i))
            .toList();
    rows.add(
        new String[] {
          work,
          figure,
          spread(ours),
          theirs.isEmpty() ? "" : spread(theirs),
          ratios.isEmpty() ? "" : number(median(ratios)),
          bar
        });
  }

  /** The median, and between which the others are. */
  private static String spread(List<Double> values) {
    String median = number(median(values));
    return values.size() == 1
        ? median
        : "%s (%s-%s)"
            .formatted(
                median,
                number(values.stream().min(Double::compare).orElseThrow()),
                number(values.stream().max(Double::compare).orElseThrow()));
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  static String number(double value) {
    String form = value >= 1_000 ? "%,.0f" : value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, form, value);
  }

  @Override
  public String toString() {
    int[] widths = new int[rows.get(0).length];
    rows.forEach(
        row -> Arrays.setAll(widths, column -> Math.max(widths[column], row[column].length())));
    List<String> lines = new ArrayList<>(rows.stream().map(row -> line(row, widths)).toList());
    lines.add(
        1,
        Arrays.stream(widths).mapToObj("-"::repeat).collect(Collectors.joining(" | ", "| ", " |")));
    return String.join("\n", lines);
  }

  private static String line(String[] row, int[] widths) {
    return IntStream.range(0, row.length)
        .mapToObj(column -> row[column] + " ".repeat(widths[column] - row[column].length()))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }
}
