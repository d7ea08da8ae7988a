"""What ships ready made, by `make artefacts`: the model of the statements, and each encoder's vectors of them."""
