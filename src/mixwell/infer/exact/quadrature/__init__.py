"""Models of one factor, integrated by quadrature; start with `quadrature_target`."""
