package org.fleetcast.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;
import org.fleetcast.stack.Browser;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What an operator sees of all devices in one log. */
class ConsoleFleetLogIT {
  @AutoClose private static final Browser BROWSER = Console.browser();
  private final Sensor device = Sensor.registered();
  @AutoClose private final Console console = Console.in(BROWSER);
  private final Page page = console.page();

  @Test
  void all_devices_are_one_log_with_the_same_tools() {
    Sensor other = Sensor.registered();
    String mark = Operator.unique("mark");
    device.publish("E (1) a: one " + mark);
    other.publish("I (1) a: two " + mark);
    console.signIn();
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Logs")).click();
    page.getByLabel("Filter by text").fill(mark);
    assertThat(console.rows()).hasCount(2);
    assertThat(console.rows().first().locator(".device")).hasText(device.name());
    assertThat(page).hasURL(Pattern.compile(".*#/logs[?]contains=" + mark + ".*"));

    device.publish("E (2) a: three " + mark, "I (2) a: not this");
    Sensor.registered().publish("I (1) a: four " + mark);
    assertThat(console.rows()).hasCount(4);
    assertThat(console.texts().last()).hasText("I (1) a: four " + mark);
    page.getByLabel("Level", new Page.GetByLabelOptions().setExact(true)).selectOption("E");
    assertThat(console.rows()).hasCount(2);
    assertThat(page.locator(".time-words")).hasText("2 lines, 2 errors");
    console.scroller().press("a"); // there is no device that one could add to all
    assertThat(page.locator("dialog[open]")).hasCount(0);
    console.rows().last().locator(".text").click();
    page.keyboard().press("i");
    assertThat(page.locator(".line-details dl")).containsText(device.entityId());
  }
}
