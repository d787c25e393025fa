import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.ZonedDateTime;
import java.util.Properties;

/** Uses the ClickHouse JDBC driver as an application does; prints what it saw, one `name=value` a line. */
public class JdbcClient {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "default");
        properties.setProperty("password", "");
        try (Connection connection = DriverManager.getConnection("jdbc:clickhouse://" + args[0] + "/default", properties)) {
            say("valid", connection.isValid(10));
            say("product", connection.getMetaData().getDatabaseProductName());
            typedQuery(connection);
            insert(connection);
            manyRows(connection);
            metadata(connection);
            error(connection);
            say("valid after error", connection.isValid(10));
        }
    }

    private static void typedQuery(Connection connection) throws SQLException {
        String sql = "SELECT toUInt64(18446744073709551615) AS u, toInt64(1234567890123456789) AS i, "
            + "toDecimal64('12345678901.25', 2) AS d, toDateTime64('2026-11-11 00:00:01.234', 3, 'Asia/Shanghai') AS t, "
            + "['a', '乙'] AS a, CAST(NULL AS Nullable(String)) AS n, '物流已签收' AS s, map('k', 1) AS m";
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            ResultSetMetaData columns = rows.getMetaData();
            StringBuilder types = new StringBuilder();
            for (int index = 1; index <= columns.getColumnCount(); index++) {
                types.append(columns.getColumnName(index)).append(' ').append(columns.getColumnTypeName(index)).append("; ");
            }
            say("types", types.toString().trim());
            rows.next();
            say("u", rows.getObject("u"));
            say("i", rows.getLong("i"));
            say("d", rows.getBigDecimal("d"));
            say("t", rows.getObject("t", ZonedDateTime.class).toInstant());
            say("a", java.util.Arrays.toString((Object[]) rows.getArray("a").getArray()));
            say("n", rows.getString("n"));
            say("s", rows.getString("s"));
            say("m", rows.getObject("m"));
            say("more", rows.next());
        }
    }

    private static void insert(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE jdbc_rows (id UInt64, name String, amount Decimal(18, 2), "
                + "at DateTime64(3, 'Asia/Shanghai')) ENGINE = MergeTree ORDER BY id");
        }
        String sql = "INSERT INTO jdbc_rows (id, name, amount, at) VALUES (?, ?, ?, ?)";
        try (PreparedStatement prepared = connection.prepareStatement(sql)) {
            for (int row = 1; row <= 3; row++) {
                prepared.setBigDecimal(1, new BigDecimal("18446744073709551615").subtract(BigDecimal.valueOf(row)));
                prepared.setString(2, "买家'" + row + ";\\");
                prepared.setBigDecimal(3, new BigDecimal("0.25").multiply(BigDecimal.valueOf(row)));
                prepared.setTimestamp(4, Timestamp.from(java.time.Instant.parse("2026-11-10T16:00:00.00" + row + "Z")));
                prepared.addBatch();
            }
            say("batch", prepared.executeBatch().length);
        }
        try (Statement statement = connection.createStatement();
            ResultSet rows = statement.executeQuery("SELECT id, name, amount, toUnixTimestamp64Milli(at) FROM jdbc_rows ORDER BY id")) {
            while (rows.next()) {
                say("row", rows.getString(1) + " " + rows.getString(2) + " " + rows.getString(3) + " " + rows.getString(4));
            }
        }
    }

    private static void manyRows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
            ResultSet rows = statement.executeQuery("SELECT number, toString(number) FROM numbers(100000)")) {
            long sum = 0;
            while (rows.next()) sum += rows.getLong(1) + rows.getString(2).length();
            say("sum", sum);
        }
    }

    private static void metadata(Connection connection) throws SQLException {
        try (ResultSet columns = connection.getMetaData().getColumns(null, "default", "jdbc_rows", "%")) {
            while (columns.next()) say("column", columns.getString("COLUMN_NAME") + " " + columns.getString("TYPE_NAME"));
        }
    }

    private static void error(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT * FROM no_such_table");
        } catch (SQLException failure) {
            say("error", failure.getErrorCode() + " " + failure.getMessage().contains("no_such_table"));
        }
    }

    private static void say(String name, Object value) {
        System.out.println(name + "=" + value);
    }
}
