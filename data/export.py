"""Writes diabetes.csv and breast_cancer.csv: scikit-learn's bundled data sets with names, as plain CSV.

Usage: pip install scikit-learn==1.9.1 && python data/export.py
"""

from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_diabetes

HERE = Path(__file__).parent


def write(name, header, rows):
    lines = [",".join(header)] + [",".join(row) for row in rows]
    (HERE / name).write_text("\n".join(lines) + "\n")


def number(value):
    """The shortest text that reads back to the same number, without a needless .0"""
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def main():
    diabetes = load_diabetes(scaled=False)
    rows = zip(diabetes.data, diabetes.target)
    write(
        "diabetes.csv",
        [*diabetes.feature_names, "progression"],
        ([*map(number, x), number(y)] for x, y in rows),
    )
    cancer = load_breast_cancer()
    rows = zip(cancer.data, cancer.target)
    write(
        "breast_cancer.csv",
        [*cancer.feature_names, "diagnosis"],
        ([*map(number, x), str(cancer.target_names[y])] for x, y in rows),
    )


if __name__ == "__main__":
    main()
